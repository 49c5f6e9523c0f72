// Package workflows holds Handover's durable processes: deterministic code only.
// What is shared by all of them stands once: approval, task and step. Business
// outcomes are results; a step that cannot go on needs attention and waits for
// a person.
package workflows
