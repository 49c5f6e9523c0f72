// Package worker is where Handover's code meets Temporal: registration, queues,
// options, schedules, the payload codec and the translation of faults.
package worker
