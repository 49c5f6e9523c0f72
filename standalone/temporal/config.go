package temporal

import (
	"net"
	"strconv"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
)

const (
	loopback    = "127.0.0.1"
	clusterName = "active"

	mainStore       = "main"
	visibilityStore = "visibility"
)

// serverConfig is the configuration of a server whose services all run in this
// process. Hosts are static, so there is no membership protocol and no port for
// it; the inner services get free ports at every start, claimed until they listen.
func serverConfig(addr string, data storage) (*config.Config, map[primitives.ServiceName]static.Hosts, claim, error) {
	inner := []primitives.ServiceName{primitives.HistoryService, primitives.MatchingService, primitives.WorkerService}
	host, port := splitAddress(addr)
	ports, ours, err := freePorts(loopback, len(inner), port)
	if err != nil {
		return nil, nil, nil, err
	}
	services := map[string]config.Service{
		string(primitives.FrontendService): {RPC: config.RPC{GRPCPort: port, BindOnIP: host}},
	}
	hosts := map[primitives.ServiceName]static.Hosts{
		primitives.FrontendService: static.SingleLocalHost(addr),
	}
	for i, name := range inner {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: ports[i], BindOnIP: loopback}}
		hosts[name] = static.SingleLocalHost(net.JoinHostPort(loopback, strconv.Itoa(ports[i])))
	}
	settings := &config.Config{
		Services:            services,
		Persistence:         data.persistence(),
		ClusterMetadata:     singleCluster(addr),
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		PublicClient:        config.PublicClient{HostPort: addr},
	}
	settings.Global.Membership.BroadcastAddress = loopback
	settings.Archival.History.State = "disabled"
	settings.Archival.Visibility.State = "disabled"
	settings.NamespaceDefaults.Archival.History.State = "disabled"
	settings.NamespaceDefaults.Archival.Visibility.State = "disabled"
	return settings, hosts, ours, nil
}

func singleCluster(addr string) *cluster.Config {
	return &cluster.Config{
		FailoverVersionIncrement: 10,
		MasterClusterName:        clusterName,
		CurrentClusterName:       clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{
			clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: addr},
		},
	}
}

// dynamicConfig fits the server's defaults, made for a cluster behind many
// tenants, to one process with one tenant.
func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// One partition for every task queue: four of them, the default, made a
		// lightly used queue wait for the right poller (p95 1.3 s against 0.6 s)
		// and split the rate limit of a queue. Constant, because tasks in
		// partitions that are taken away would be stranded.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		// The limits protect a shared database from its tenants; ours has one.
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                    10_000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                     45_000,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		// Entries of run state kept in memory; the default is sized for a host
		// that does nothing else.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 8_096,
		// The server would tell its makers each hour that it runs, and which
		// version: nothing leaves this machine unasked.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
		// Search attributes that were just added can be used at once.
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
	}
}
