// Command handover-standalone is a whole installation in one process: Temporal
// embedded, the store in a file, workers, desk and doors. With --demo it starts a
// simulator and plays a story instead.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, code := parse(os.Args[1:])
	if code >= 0 {
		os.Exit(code)
	}
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "handover-standalone: "+err.Error())
		os.Exit(1)
	}
}
