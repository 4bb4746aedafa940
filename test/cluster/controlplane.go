package main

// The control plane's arguments. Feature gates, admission and controllers are the
// defaults; only addresses, keys and what keeps a single node quick are set.

// startEtcd does not sync to disk: the state of a test cluster is thrown away.
func (t *testbed) startEtcd(bin string) error {
	return t.start("etcd", bin+"/etcd",
		"--data-dir="+t.in("etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+etcdURL, "--advertise-client-urls="+etcdURL,
		"--listen-peer-urls=http://"+loopback+":"+portEtcdPeer)
}

func (t *testbed) startAPIServer(bin string) error {
	return t.start("kube-apiserver", bin+"/kube-apiserver",
		"--bind-address="+nodeAddress, "--advertise-address="+nodeAddress, "--secure-port="+portAPI,
		"--etcd-servers="+etcdURL,
		"--service-cluster-ip-range="+serviceRange,
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
		"--client-ca-file="+t.cert("ca"),
		"--tls-cert-file="+t.cert("apiserver"), "--tls-private-key-file="+t.key("apiserver"),
		"--kubelet-certificate-authority="+t.cert("ca"),
		"--kubelet-client-certificate="+t.cert("apiserver-to-kubelet"), "--kubelet-client-key="+t.key("apiserver-to-kubelet"),
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file="+t.key("service-account"), "--service-account-signing-key-file="+t.key("service-account"),
		"--requestheader-client-ca-file="+t.cert("front-proxy-ca"), "--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file="+t.cert("front-proxy"), "--proxy-client-key-file="+t.key("front-proxy"),
		"--enable-aggregator-routing=true", "--cert-dir="+t.in("pki"))
}

func (t *testbed) startControllers(bin string) error {
	config := t.userConfig("kube-controller-manager")
	return t.start("kube-controller-manager", bin+"/kube-controller-manager",
		"--kubeconfig="+config, "--authentication-kubeconfig="+config, "--authorization-kubeconfig="+config,
		"--bind-address="+loopback, "--secure-port="+portController, "--cert-dir="+t.in("pki/controller"),
		"--leader-elect=false", "--use-service-account-credentials=true",
		"--kube-api-qps=200", "--kube-api-burst=400", // the defaults, 20 and 30, slow down the start and every scaling
		"--cluster-cidr="+podRange, "--service-cluster-ip-range="+serviceRange,
		"--root-ca-file="+t.cert("ca"), "--service-account-private-key-file="+t.key("service-account"),
		"--cluster-signing-cert-file="+t.cert("ca"), "--cluster-signing-key-file="+t.key("ca"))
}

func (t *testbed) startScheduler(bin string) error {
	config := t.userConfig("kube-scheduler")
	return t.start("kube-scheduler", bin+"/kube-scheduler",
		"--kubeconfig="+config, "--authentication-kubeconfig="+config, "--authorization-kubeconfig="+config,
		"--bind-address="+loopback, "--secure-port="+portScheduler, "--cert-dir="+t.in("pki/scheduler"),
		"--leader-elect=false")
}
