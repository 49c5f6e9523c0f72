package worker_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"handover/activities"
	"handover/domain"
	"handover/worker"
	"handover/workflows"
)

// Histories, messages and other programs live longer than a release. What is on
// the wire is added to and never renamed; testdata/wire.json is what was
// promised so far.
var update = flag.Bool("update", false, "add what is new to testdata/wire.json; what is gone there is still refused")

const promised = "testdata/wire.json"

// wire is everything that leaves the process through Temporal.
type wire struct {
	Queues     map[string]string            `json:"queues"`
	Workflows  map[string]string            `json:"workflows"`  // type: input -> result
	Activities map[string]string            `json:"activities"` // name: input -> result
	Updates    map[string]string            `json:"updates"`    // workflow/name: request -> answer
	Signals    map[string]string            `json:"signals"`    // workflow/name: payload
	Queries    map[string]string            `json:"queries"`    // workflow/name: answer
	Structs    map[string]map[string]string `json:"structs"`    // fields by their JSON names
	Kinds      map[string]string            `json:"kinds"`      // what named types are made of
	Enums      map[string][]string          `json:"enums"`      // values of named string types, and free words
}

func TestWireIsAddedToAndNeverRenamed(t *testing.T) {
	t.Parallel()
	now := collect(t)
	raw, err := os.ReadFile(promised)
	if *update && errors.Is(err, fs.ErrNotExist) {
		write(t, now)
		return
	}
	require.NoError(t, err, "run: go test ./worker -run Wire -update")
	var was wire
	require.NoError(t, json.Unmarshal(raw, &was))
	gone, added := compare(was, now)
	require.Empty(t, gone, "renamed, removed or changed on the wire: old histories and messages still say it. Put it back, or add beside it")
	if *update {
		write(t, now)
		return
	}
	require.Empty(t, added, "new on the wire: run `go test ./worker -run Wire -update` and look at the difference")
}

func write(t *testing.T, w wire) {
	t.Helper()
	raw, err := json.MarshalIndent(w, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(promised), 0o755))
	require.NoError(t, os.WriteFile(promised, append(raw, '\n'), 0o600))
}

// compare flattens both sides to path and value: what is missing or differs now
// is gone, what was not there is added.
func compare(was, now wire) (gone, added []string) {
	before, after := flat(was), flat(now)
	for path, value := range before {
		if v, ok := after[path]; !ok || v != value {
			gone = append(gone, fmt.Sprintf("%s: was %q, is %q", path, value, v))
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			added = append(added, path)
		}
	}
	slices.Sort(gone)
	slices.Sort(added)
	return gone, added
}

func flat(w wire) map[string]string {
	out := map[string]string{}
	for group, entries := range map[string]map[string]string{"queues": w.Queues, "workflows": w.Workflows, "activities": w.Activities,
		"updates": w.Updates, "signals": w.Signals, "queries": w.Queries, "kinds": w.Kinds} {
		for name, value := range entries {
			out[group+" "+name] = value
		}
	}
	for name, fields := range w.Structs {
		for field, value := range fields {
			out["structs "+name+" "+field] = value
		}
	}
	for name, values := range w.Enums {
		for _, value := range values {
			out["enums "+name+" "+value] = ""
		}
	}
	return out
}

func TestWireComparisonFindsEachKindOfChange(t *testing.T) {
	t.Parallel()
	now := collect(t)
	for name, change := range map[string]func(w *wire){
		"a workflow renamed":   func(w *wire) { rename(w.Workflows, "offboarding", "offboard") },
		"an activity removed":  func(w *wire) { delete(w.Activities, "records.Move") },
		"an update removed":    func(w *wire) { delete(w.Updates, "offboarding/decide") },
		"a signal renamed":     func(w *wire) { rename(w.Signals, "offboarding/employment-changed", "offboarding/employment") },
		"a query removed":      func(w *wire) { delete(w.Queries, "offboarding/state") },
		"a queue renamed":      func(w *wire) { rename(w.Queues, "apps", "app") },
		"a field removed":      func(w *wire) { delete(w.Structs["domain.Approval"], "digest") },
		"a field of new type":  func(w *wire) { w.Structs["domain.PlanRule"]["count"] = "string" },
		"an enum's value lost": func(w *wire) { w.Enums["domain.StepState"] = w.Enums["domain.StepState"][1:] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := clone(t, now)
			change(&changed)
			gone, _ := compare(now, changed)
			require.NotEmpty(t, gone)
			extra, added := compare(changed, now)
			require.NotEmpty(t, append(extra, added...))
		})
	}
}

func rename(m map[string]string, from, to string) {
	m[to] = m[from]
	delete(m, from)
}

func clone(t *testing.T, w wire) wire {
	raw, err := json.Marshal(w)
	require.NoError(t, err)
	var c wire
	require.NoError(t, json.Unmarshal(raw, &c))
	return c
}

// collect reads the wire from the code itself: what is registered, what the
// workflows listen to, and every type that these carry.
func collect(t *testing.T) wire {
	t.Helper()
	types := &typeReader{structs: map[string]map[string]string{}, kinds: map[string]string{}}
	w := wire{Queues: map[string]string{workflows.QueueHandover: "workflows and the store", workflows.QueueApps: "calls to apps"},
		Workflows: map[string]string{}, Activities: map[string]string{}, Updates: map[string]string{}, Signals: map[string]string{},
		Queries: map[string]string{}, Enums: enums(t, "domain", "activities", "workflows")}

	book := &registry{fns: map[string]reflect.Type{}}
	worker.RegisterWorkflows(book)
	for name, fn := range book.fns {
		w.Workflows[name] = types.signature(fn)
	}
	book = &registry{fns: map[string]reflect.Type{}}
	worker.RegisterActivities(book, &activities.Set{})
	for name, fn := range book.fns {
		w.Activities[name] = types.signature(fn)
	}
	for kind, heard := range map[string]*listener{
		workflows.OffboardingType: listenTo(t, workflows.Offboarding, workflows.OffboardingInput{Run: "offboarding:wire:1", Apps: []workflows.AppInput{anyApp()}}),
		workflows.HeldBatchType:   listenTo(t, workflows.HeldBatch, workflows.HeldBatchInput{Run: "held-batch:1"}),
		workflows.SeatReleaseType: listenTo(t, workflows.SeatRelease, workflows.SeatReleaseInput{Run: "seat-release:wire:1", App: anyApp()}),
	} {
		for name, fn := range heard.updates {
			w.Updates[kind+"/"+name] = types.signature(fn)
		}
		for name, fn := range heard.queries {
			w.Queries[kind+"/"+name] = types.signature(fn)
		}
		for name, payload := range heard.signals {
			w.Signals[kind+"/"+name] = types.name(payload)
		}
	}
	require.NotEmpty(t, w.Updates)
	require.Len(t, w.Signals, 7, "HR, the observer and departures speak to a leaving, and a change of manager; departures to the others as well")
	w.Structs, w.Kinds = types.structs, types.kinds
	require.Empty(t, types.bad, "payload fields without a snake_case JSON name")
	return w
}

func anyApp() workflows.AppInput {
	return workflows.AppInput{App: "apollo", Kind: domain.KindApolloIO, Queue: workflows.QueueApps}
}

// registry notes what is registered instead of running it.
type registry struct {
	sdk.WorkflowRegistry
	sdk.ActivityRegistry
	fns map[string]reflect.Type
}

func (r *registry) RegisterWorkflowWithOptions(fn any, o workflow.RegisterOptions) {
	r.fns[o.Name] = reflect.TypeOf(fn)
}

func (r *registry) RegisterActivityWithOptions(fn any, o activity.RegisterOptions) {
	r.fns[o.Name] = reflect.TypeOf(fn)
}

// listener notes what a workflow registers handlers for.
type listener struct {
	interceptor.WorkerInterceptorBase
	mu                        sync.Mutex
	updates, queries, signals map[string]reflect.Type
}

// listenTo starts a workflow and stops it at its first activity: by then it
// hears everything that it ever will.
func listenTo(t *testing.T, fn, input any) *listener {
	t.Helper()
	l := &listener{updates: map[string]reflect.Type{}, queries: map[string]reflect.Type{}, signals: map[string]reflect.Type{}}
	env := (&testsuite.WorkflowTestSuite{}).NewTestWorkflowEnvironment()
	env.SetWorkerOptions(sdk.Options{Interceptors: []interceptor.WorkerInterceptor{l}})
	env.RegisterWorkflow(fn)
	env.ExecuteWorkflow(fn, input)
	require.True(t, env.IsWorkflowCompleted())
	require.ErrorContains(t, env.GetWorkflowError(), errHeard.Error())
	return l
}

var errHeard = errors.New("heard enough")

func (l *listener) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	in := &listenInbound{l: l}
	in.Next = next
	return in
}

type listenInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	l *listener
}

func (in *listenInbound) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	out := &listenOutbound{l: in.l}
	out.Next = outbound
	return in.Next.Init(out)
}

type listenOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	l *listener
}

func (o *listenOutbound) SetUpdateHandler(ctx workflow.Context, name string, handler any, opts workflow.UpdateHandlerOptions) error {
	o.l.note(o.l.updates, name, reflect.TypeOf(handler))
	return o.Next.SetUpdateHandler(ctx, name, handler, opts)
}

func (o *listenOutbound) SetQueryHandler(ctx workflow.Context, name string, handler any) error {
	o.l.note(o.l.queries, name, reflect.TypeOf(handler))
	return o.Next.SetQueryHandler(ctx, name, handler)
}

func (o *listenOutbound) GetSignalChannel(ctx workflow.Context, name string) workflow.ReceiveChannel {
	return &heardChannel{ReceiveChannel: o.Next.GetSignalChannel(ctx, name), name: name, l: o.l}
}

// ExecuteActivity lets the other coroutines run once and ends the workflow.
func (o *listenOutbound) ExecuteActivity(ctx workflow.Context, _ string, _ ...any) workflow.Future {
	_ = workflow.Sleep(ctx, time.Nanosecond)
	panic(errHeard)
}

// heardChannel notes what a signal is received into.
type heardChannel struct {
	workflow.ReceiveChannel
	name string
	l    *listener
}

func (c *heardChannel) Receive(ctx workflow.Context, into any) bool {
	c.l.note(c.l.signals, c.name, reflect.TypeOf(into).Elem())
	return c.ReceiveChannel.Receive(ctx, into)
}

func (l *listener) note(book map[string]reflect.Type, name string, typ reflect.Type) {
	l.mu.Lock()
	defer l.mu.Unlock()
	book[name] = typ
}

// typeReader names types and remembers what each named one is made of.
type typeReader struct {
	structs map[string]map[string]string
	kinds   map[string]string
	bad     []string
}

// signature renders the payloads of a function: contexts and errors left out.
func (r *typeReader) signature(fn reflect.Type) string {
	var in, out []string
	for i := range fn.NumIn() {
		if p := fn.In(i); p.Name() != "Context" {
			in = append(in, r.name(p))
		}
	}
	for i := range fn.NumOut() {
		if p := fn.Out(i); p.Name() != "error" {
			out = append(out, r.name(p))
		}
	}
	return strings.Join(in, ", ") + " -> " + strings.Join(out, ", ")
}

func (r *typeReader) name(t reflect.Type) string {
	switch {
	case t.PkgPath() == "time":
		return t.String()
	case t.Kind() == reflect.Pointer:
		return r.name(t.Elem())
	case t.Name() == "" && t.Kind() == reflect.Slice:
		return "[]" + r.name(t.Elem())
	case t.Name() == "" && t.Kind() == reflect.Map:
		return "map[" + r.name(t.Key()) + "]" + r.name(t.Elem())
	case t.Kind() == reflect.Struct:
		if _, seen := r.structs[t.String()]; !seen {
			r.structs[t.String()] = map[string]string{}
			r.fields(t, r.structs[t.String()])
		}
	case t.PkgPath() != "":
		r.kinds[t.String()] = t.Kind().String()
	}
	return t.String()
}

var snake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

func (r *typeReader) fields(t reflect.Type, into map[string]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && tag == "":
			r.fields(f.Type, into)
		case !f.IsExported() || tag == "-":
		case !snake.MatchString(tag):
			r.bad = append(r.bad, t.String()+"."+f.Name)
		default:
			into[tag] = r.name(f.Type)
		}
	}
}

// enums reads the constants of named string types, and the free string
// constants, from the source of packages beside this one.
func enums(t *testing.T, packages ...string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, name := range packages {
		files, err := filepath.Glob(filepath.Join("..", name, "*.go"))
		require.NoError(t, err)
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, d := range file.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
					readConstants(name, g, found)
				}
			}
		}
	}
	for _, values := range found {
		slices.Sort(values)
	}
	require.Contains(t, found, "domain.StepState")
	return found
}

func readConstants(pkg string, g *ast.GenDecl, found map[string][]string) {
	for _, spec := range g.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || !v.Names[0].IsExported() || len(v.Values) != 1 {
			continue
		}
		lit, ok := v.Values[0].(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			continue
		}
		group := pkg + " words"
		if typ, named := v.Type.(*ast.Ident); named {
			group = pkg + "." + typ.Name
		}
		if value, err := strconv.Unquote(lit.Value); err == nil {
			found[group] = append(found[group], value)
		}
	}
}
