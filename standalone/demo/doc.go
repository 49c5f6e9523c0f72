// Package demo plays stories: a believable tenant of the Apollo.io simulator, an
// installation beside it, and a robot that plays the people through the same
// doors as people use. At the end the simulator is asked directly whether what
// the run says is so.
package demo
