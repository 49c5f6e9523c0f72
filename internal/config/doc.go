// Package config reads the environment and the policy file. Both are checked
// whole before anything starts, and errors say what to set where.
package config
