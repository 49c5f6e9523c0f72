package temporal

import (
	"context"
	"fmt"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// cacheRefresh is how long the server's services may go on with the namespace as
// it was: their caches read it every two seconds, each at its own time.
const cacheRefresh = 4 * time.Second

// createNamespace writes the namespace into the database of a server that is not
// running yet, so that it can be used from the first moment. It does nothing
// where the namespace exists. The helper lives in the SQLite package but goes
// through the plugin that the settings name.
func createNamespace(settings *config.SQL, options Options) error {
	row, err := sqlite.NewNamespaceConfig(clusterName, options.Namespace, false, options.SearchAttributes)
	if err != nil {
		return fmt.Errorf("create namespace %s: %w", options.Namespace, err)
	}
	row.Detail.Config.Retention = durationpb.New(options.Retention)
	if err := sqlite.CreateNamespaces(settings, row); err != nil {
		return fmt.Errorf("create namespace %s: %w", options.Namespace, err)
	}
	return nil
}

// applyNamespace brings a namespace of an earlier start up to the options.
func (s *Server) applyNamespace(ctx context.Context) error {
	temporal, err := s.Dial(ctx, client.Options{})
	if err != nil {
		return fmt.Errorf("connect to %s: %w", s.Addr(), err)
	}
	defer temporal.Close()
	if err := applyRetention(ctx, temporal, s.options); err != nil {
		return fmt.Errorf("set retention of namespace %s: %w", s.options.Namespace, err)
	}
	if err := applySearchAttributes(ctx, temporal, s.options); err != nil {
		return fmt.Errorf("add search attributes to namespace %s: %w", s.options.Namespace, err)
	}
	return nil
}

func applyRetention(ctx context.Context, temporal client.Client, options Options) error {
	now, err := temporal.WorkflowService().DescribeNamespace(ctx,
		&workflowservice.DescribeNamespaceRequest{Namespace: options.Namespace})
	if err != nil {
		return err
	}
	if now.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() == options.Retention {
		return nil
	}
	_, err = temporal.WorkflowService().UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: options.Namespace,
		Config:    &namespace.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(options.Retention)},
	})
	return err
}

func applySearchAttributes(ctx context.Context, temporal client.Client, options Options) error {
	now, err := temporal.OperatorService().ListSearchAttributes(ctx,
		&operatorservice.ListSearchAttributesRequest{Namespace: options.Namespace})
	if err != nil {
		return err
	}
	missing := map[string]enums.IndexedValueType{}
	for name, kind := range options.SearchAttributes {
		existing, found := now.GetCustomAttributes()[name]
		if found && existing != kind {
			return fmt.Errorf("%s is a %s and cannot become a %s: choose another name", name, existing, kind)
		}
		if !found {
			missing[name] = kind
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if _, err := temporal.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace:        options.Namespace,
		SearchAttributes: missing,
	}); err != nil {
		return err
	}
	// Nothing tells when the last cache has them, and until then a run that sets
	// one is refused for good. This happens once, after an upgrade.
	select {
	case <-time.After(cacheRefresh):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
