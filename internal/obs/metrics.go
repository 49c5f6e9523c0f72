package obs

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Figures is what an operator watches, read when somebody asks. Labels are
// states and nothing else.
type Figures struct {
	Runs      map[string]int
	Steps     map[string]int
	Approvals int
	Tasks     int
	Paused    int
	Commands  int
	CommandAt time.Time
}

// scrapeTimeout bounds how long a scrape may keep the database busy.
const scrapeTimeout = 5 * time.Second

var (
	runsDesc     = prometheus.NewDesc("handover_runs", "Runs by state.", []string{"state"}, nil)
	stepsDesc    = prometheus.NewDesc("handover_open_steps", "Steps of open runs by state; needs_attention wants a person.", []string{"state"}, nil)
	approvalDesc = prometheus.NewDesc("handover_open_approvals", "Requests that wait for a decision.", nil, nil)
	tasksDesc    = prometheus.NewDesc("handover_open_tasks", "Tasks that wait for a person or for a read-back.", nil, nil)
	pausedDesc   = prometheus.NewDesc("handover_paused_apps", "Apps that refuse our credentials.", nil, nil)
	outboxDesc   = prometheus.NewDesc("handover_outbox_commands", "Commands that wait for Temporal.", nil, nil)
	outboxAge    = prometheus.NewDesc("handover_outbox_age_seconds", "How long the oldest waiting command has been due.", nil, nil)
	upDesc       = prometheus.NewDesc("handover_store_up", "Whether the figures could be read from the store.", nil, nil)
)

type collector struct {
	read func(context.Context) (Figures, error)
	now  func() time.Time
}

// Describe implements prometheus.Collector.
func (c collector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	f, err := c.read(ctx)
	if err != nil {
		gauge(upDesc, 0)
		return
	}
	gauge(upDesc, 1)
	for state, n := range f.Runs {
		gauge(runsDesc, float64(n), state)
	}
	for state, n := range f.Steps {
		gauge(stepsDesc, float64(n), state)
	}
	gauge(approvalDesc, float64(f.Approvals))
	gauge(tasksDesc, float64(f.Tasks))
	gauge(pausedDesc, float64(f.Paused))
	gauge(outboxDesc, float64(f.Commands))
	age := 0.0
	if f.Commands > 0 {
		age = max(0, c.now().Sub(f.CommandAt).Seconds())
	}
	gauge(outboxAge, age)
}

// Metrics answers scrapes with the figures and the process's own.
func Metrics(read func(context.Context) (Figures, error), now func() time.Time) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collector{read: read, now: now}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}
