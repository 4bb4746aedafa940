package main

// The cluster's own addresses and ports: nothing listens beyond loopback and the
// bridge, and the ports are not those of an ordinary Kubernetes node.
const (
	nodeName = "swarmgrid"
	bridge   = "swarmgrid0"

	podRange     = "10.88.0.0/16"
	nodeAddress  = "10.88.0.1" // the bridge's; the API server and the kubelet listen here
	serviceRange = "10.89.0.0/16"
	apiService   = "10.89.0.1" // the first address of the range, by Kubernetes' rule
	dnsService   = "10.89.0.10"
	loopback     = "127.0.0.1"

	portAPI           = "16443"
	portEtcd          = "16379"
	portEtcdPeer      = "16380"
	portController    = "16257"
	portScheduler     = "16259"
	portKubelet       = "16250"
	portKubeletHealth = "16248"
	portProxyHealth   = "16256"
	portProxyMetrics  = "16249"

	apiURL  = "https://" + nodeAddress + ":" + portAPI
	etcdURL = "http://" + loopback + ":" + portEtcd
)
