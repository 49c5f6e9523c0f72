package bench

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"handover/domain"
	"handover/internal/api"
	"handover/internal/client"
	slacksim "handover/internal/sim/slack"
)

// The bounds.
const (
	mostWaiting = 150 << 20
	mostAck     = 500 * time.Millisecond
)

// BenchmarkClicks has 500 runs wait for their managers, who then all click
// Approve at the same moment. The worker that holds all runs is killed while the
// clicks come in, a second one while they are carried out; a third is left.
func BenchmarkClicks(b *testing.B) {
	for b.Loop() {
		c := gather(b)
		c.leave()
		asked := c.asked()
		measureWaiting(b, c)
		second, _ := c.anotherWorker(2), c.anotherWorker(3)
		clicks := c.press(asked)
		began, acks := c.send(clicks)
		measureAcks(b, acks)
		c.awaitOpen(crowded * 9 / 10)
		require(b, second.Process.Kill())
		killed := time.Now()
		c.awaitOpen(0)
		info(fmt.Sprintf("time until all %d were decided, another worker killed meanwhile", crowded), seconds(time.Since(began)), "")
		measureDecisions(b, c, clicks, killed)
		explainClicks()
	}
}

func explainClicks() {
	note("Clicks: %d leavers of %d managers in one team, started through the API, eight at a time; each waits for its manager, with a last moment an hour ahead. The simulated app has no limits and the simulated Slack a hundred times its own, which would only slow what comes before the measurement; the program keeps inside Slack's real ones, so the messages take two minutes. Memory is the resident set of the one worker that began all runs and holds them in its cache.", crowded, managers)
	note("Each click is one on the button of a message that the program posted. The simulator makes and signs them as Slack does; they are kept aside and sent all at once, each over a new connection. Time counts for every click from that one moment until its answer is read, by which time the click is in the database, here without fsync. Who clicks runs on the same processors. The worker that holds all runs is killed when half of the clicks are acknowledged, a second one when a tenth is decided; a third goes on. Afterwards each request has one decision, by the person who clicked, through Slack, and the audit log has %d decisions and no refusal.", crowded)
}

func measureWaiting(b *testing.B, c *crowd) {
	b.Helper()
	resident, peak := c.memory("VmRSS"), c.peak()
	within(b, fmt.Sprintf("memory of `handover worker`, %d runs waiting", crowded), mebibytes(resident), mebibytes(mostWaiting), float64(resident)/mostWaiting, 1)
	info("its peak since its start, while it began all of them", mebibytes(peak), "")
	b.ReportMetric(float64(resident)/(1<<20), "MiB")
}

// click is one person's click, as Slack sends it.
type click struct {
	approval string
	by       int // the manager
	request  slacksim.Sent
}

// press has every manager click every request. Slack makes and signs each
// delivery as ever, but it goes into a drawer, so that all of them can be sent at
// one moment.
func (c *crowd) press(asked map[string]slacksim.Message) []click {
	c.b.Helper()
	drawer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer drawer.Close()
	c.slack.SetEndpoints(drawer.URL, drawer.URL)
	var clicks []click
	for approval, m := range asked {
		run, _, _ := strings.Cut(approval, ":apollo:")
		n, ours := c.runs[run]
		if !ours {
			c.b.Fatalf("a request of an unknown run %s", run)
		}
		by := managerOf(n)
		reply, err := c.slack.Click(c.b.Context(), slacksim.Click{User: managerUser(by), Channel: m.Channel, TS: m.TS, ActionID: "handover:approve"})
		require(c.b, err)
		reply.Sent.URL = c.url + "/hooks/slack/interactions"
		clicks = append(clicks, click{approval: approval, by: by, request: reply.Sent})
	}
	return clicks
}

// ack is what Slack hears of a click.
type ack struct {
	status int // 0 without an answer
	took   time.Duration
}

// send delivers all clicks at once, each over a connection of its own, and kills
// the worker that holds all runs when half of them are acknowledged. Time counts
// for all from the moment of the click, also while a connection is made.
func (c *crowd) send(clicks []click) (time.Time, []ack) {
	c.b.Helper()
	poster := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	acks, now := make([]ack, len(clicks)), make(chan struct{})
	var began time.Time
	var answered atomic.Int32
	killed := make(chan error, 1)
	var ready, done sync.WaitGroup
	for i, x := range clicks {
		ready.Add(1)
		done.Go(func() {
			req, err := http.NewRequest(http.MethodPost, x.request.URL, bytes.NewReader(x.request.Body))
			ready.Done()
			if err != nil {
				return
			}
			req.Header = x.request.Header
			<-now
			if resp, err := poster.Do(req); err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if err == nil {
					acks[i].status = resp.StatusCode
				}
			}
			acks[i].took = time.Since(began)
			if int(answered.Add(1)) == len(clicks)/2 {
				killed <- c.worker.Process.Kill()
			}
		})
	}
	ready.Wait()
	began = time.Now()
	close(now)
	done.Wait()
	require(c.b, <-killed)
	return began, acks
}

func measureAcks(b *testing.B, acks []ack) {
	b.Helper()
	var took []time.Duration
	bad := 0
	for _, a := range acks {
		took = append(took, a.took)
		if a.status != http.StatusOK {
			bad++
		}
	}
	slices.Sort(took)
	last := took[len(took)-1]
	p99 := took[(len(took)*99+99)/100-1]
	within(b, fmt.Sprintf("p99 from click to acknowledgement, %d clicks at once, a worker killed meanwhile", len(acks)), milliseconds(p99), milliseconds(mostAck), float64(p99)/float64(mostAck), 1)
	info("their median and the slowest", milliseconds(took[len(took)/2])+", "+milliseconds(last), "")
	info("clicks acknowledged in a second", fmt.Sprintf("%.0f", float64(len(acks))/last.Seconds()), "")
	within(b, "acknowledgements that were not 200", fmt.Sprint(bad), "0", float64(bad), 0)
	b.ReportMetric(float64(p99.Milliseconds()), "p99-ms")
}

// measureDecisions wants of each click that its run has one decision: this one.
// Some of them must have been made after the second worker was killed.
func measureDecisions(b *testing.B, c *crowd, clicks []click, killed time.Time) {
	b.Helper()
	events, runs, after := c.audited(domain.EventDecision), map[string]bool{}, 0
	for _, e := range events {
		runs[e.Run] = true
		if e.At.After(killed) {
			after++
		}
	}
	if len(events) != crowded || len(runs) != crowded {
		b.Errorf("the audit log has %d decisions about %d runs", len(events), len(runs))
	}
	if opened, refused := len(c.audited(domain.EventApprovalOpened)), len(c.audited(domain.EventRefused)); opened != crowded || refused != 0 {
		b.Errorf("the audit log has %d requests and %d refusals", opened, refused)
	}
	if after == 0 {
		b.Error("everything was decided before the second worker was killed: it was killed too late")
	}
	info("of them after that worker was killed", fmt.Sprint(after), "")
	rows, err := client.Get[[]api.Approval](b.Context(), c.as(priya), "/approvals", url.Values{"all": {"true"}, "settled": {"true"}})
	require(b, err)
	byID := map[string]api.Approval{}
	for _, row := range rows {
		byID[row.ID] = row
	}
	wrong := 0
	for _, x := range clicks {
		row := byID[x.approval]
		if row.State != string(domain.ApprovalApproved) || len(row.Decisions) != 1 || row.Decisions[0].By.Email != managerEmail(x.by) ||
			row.Decisions[0].Channel != domain.ChannelSlack || row.Decisions[0].Verdict != string(domain.Approve) {
			wrong++
			b.Logf("%s clicked on %s: %s, %d decisions", managerEmail(x.by), x.approval, row.State, len(row.Decisions))
		}
	}
	within(b, "clicks that were lost, refused, or not their run's only decision", fmt.Sprint(wrong), "0", float64(wrong), 0)
}

func mebibytes(n int64) string { return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20)) }

func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }
