// Package activities holds the side effects of Handover's workflows: the
// definition, input and result of each, the ports that they need, and the code
// that acts, reads back and records in one call. One file per capability.
package activities
