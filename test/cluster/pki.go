package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"strings"
	"time"
)

// keyLife is longer than anybody keeps a test cluster.
const keyLife = 365 * 24 * time.Hour

// An authority signs the certificates of one circle of trust.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// makeKeys writes all certificates, keys and kubeconfigs. The names of users and
// groups are those that Kubernetes binds its built-in roles to.
func (t *testbed) makeKeys() error {
	ca, err := t.newAuthority("ca")
	if err != nil {
		return err
	}
	proxyCA, err := t.newAuthority("front-proxy-ca")
	if err != nil {
		return err
	}
	if err := t.issueServers(ca); err != nil {
		return err
	}
	if err := t.issue(proxyCA, "front-proxy", pkix.Name{CommonName: "front-proxy-client"}); err != nil {
		return err
	}
	if _, err := t.writeKey("service-account"); err != nil {
		return err
	}
	for name, subject := range users() {
		if err := t.issue(ca, name, subject); err != nil {
			return err
		}
		if err := t.writeKubeconfig(name); err != nil {
			return err
		}
	}
	return nil
}

func users() map[string]pkix.Name {
	masters := []string{"system:masters"}
	return map[string]pkix.Name{
		"admin":                   {CommonName: "admin", Organization: masters},
		"apiserver-to-kubelet":    {CommonName: "apiserver-to-kubelet", Organization: masters},
		"kube-controller-manager": {CommonName: "system:kube-controller-manager"},
		"kube-scheduler":          {CommonName: "system:kube-scheduler"},
		"kube-proxy":              {CommonName: "system:kube-proxy"},
		"kubelet":                 {CommonName: "system:node:" + nodeName, Organization: []string{"system:nodes"}},
	}
}

func (t *testbed) issueServers(ca authority) error {
	serving := func(name string, hosts ...string) error {
		return t.issue(ca, name, pkix.Name{CommonName: hosts[0]}, hosts...)
	}
	if err := serving("apiserver", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster.local", "localhost", nodeAddress, apiService, loopback); err != nil {
		return err
	}
	return serving("kubelet-server", nodeName, nodeAddress)
}

func (t *testbed) newAuthority(name string) (authority, error) {
	key, err := t.writeKey(name)
	if err != nil {
		return authority{}, err
	}
	cert := template(pkix.Name{CommonName: "swarmgrid test " + name})
	cert.IsCA, cert.BasicConstraintsValid, cert.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
	return authority{cert, key}, t.writeCert(name, cert, authority{cert, key}, key)
}

// issue writes a certificate for a client, and for a server too when it has hosts.
func (t *testbed) issue(ca authority, name string, subject pkix.Name, hosts ...string) error {
	key, err := t.writeKey(name)
	if err != nil {
		return err
	}
	cert := template(subject)
	cert.KeyUsage, cert.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(hosts) > 0 {
		cert.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			cert.IPAddresses = append(cert.IPAddresses, ip)
		} else {
			cert.DNSNames = append(cert.DNSNames, host)
		}
	}
	return t.writeCert(name, cert, ca, key)
}

func template(subject pkix.Name) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // crypto/rand does not fail
	now := time.Now()
	return &x509.Certificate{Subject: subject, SerialNumber: serial, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(keyLife)}
}

func (t *testbed) writeKey(name string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, t.writePEM(t.key(name), "EC PRIVATE KEY", der)
}

func (t *testbed) writeCert(name string, cert *x509.Certificate, ca authority, key *ecdsa.PrivateKey) error {
	der, err := x509.CreateCertificate(rand.Reader, cert, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		return fmt.Errorf("signing %s: %w", name, err)
	}
	return t.writePEM(t.cert(name), "CERTIFICATE", der)
}

func (t *testbed) writePEM(path, kind string, der []byte) error {
	return writeFile(path, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}

func (t *testbed) cert(name string) string { return t.in("pki", name+".crt") }
func (t *testbed) key(name string) string  { return t.in("pki", name+".key") }

// kubeconfig is the administrator's.
func (t *testbed) kubeconfig() string { return t.userConfig("admin") }

func (t *testbed) userConfig(user string) string { return t.in(user + ".kubeconfig") }

const kubeconfigTemplate = `apiVersion: v1
kind: Config
current-context: swarmgrid-test
clusters:
- name: swarmgrid-test
  cluster: {server: "SERVER", certificate-authority-data: CA}
contexts:
- name: swarmgrid-test
  context: {cluster: swarmgrid-test, user: USER}
users:
- name: USER
  user: {client-certificate-data: CERT, client-key-data: KEY}
`

func (t *testbed) writeKubeconfig(user string) error {
	pairs := []string{"SERVER", apiURL, "USER", user}
	for word, path := range map[string]string{"CA": t.cert("ca"), "CERT": t.cert(user), "KEY": t.key(user)} {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pairs = append(pairs, word, base64.StdEncoding.EncodeToString(data))
	}
	return writeFile(t.userConfig(user), strings.NewReplacer(pairs...).Replace(kubeconfigTemplate))
}
