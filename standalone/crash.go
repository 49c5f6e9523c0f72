package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// crashPoint ends the process with SIGKILL at a named point of an activity, as
// HANDOVER_CRASH=point:n asks: at the n-th time the point is passed. It is how
// the kill tests choose their moment; without the variable there is none.
func crashPoint() func(string) {
	name, nth, ok := strings.Cut(os.Getenv("HANDOVER_CRASH"), ":")
	at, err := strconv.ParseInt(nth, 10, 64)
	if !ok || err != nil {
		return nil
	}
	var passed atomic.Int64
	return func(point string) {
		if point == name && passed.Add(1) == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
}
