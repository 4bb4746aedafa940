package preflight

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func aQuota(name, hard, used string) corev1.ResourceQuota {
	return corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "small"}, Status: corev1.ResourceQuotaStatus{
		Hard: corev1.ResourceList{corev1.ResourceName(name): resource.MustParse(hard)},
		Used: corev1.ResourceList{corev1.ResourceName(name): resource.MustParse(used)},
	}}
}

func TestQuota(t *testing.T) {
	scoped := func(scope corev1.ResourceQuotaScope) corev1.ResourceQuota {
		q := aQuota("pods", "1", "1")
		q.Spec.Scopes = []corev1.ResourceQuotaScope{scope}
		return q
	}
	classes := aQuota("pods", "1", "1")
	classes.Spec.ScopeSelector = &corev1.ScopeSelector{MatchExpressions: []corev1.ScopedResourceSelectorRequirement{
		{ScopeName: corev1.ResourceQuotaScopePriorityClass, Operator: corev1.ScopeSelectorOpIn, Values: []string{"high"}},
	}}
	fresh := aQuota("pods", "8", "0")
	fresh.Spec.Hard, fresh.Status = fresh.Status.Hard, corev1.ResourceQuotaStatus{}
	tests := map[string]struct {
		quota corev1.ResourceQuota
		want  []string
	}{
		"pods fit":     {aQuota("pods", "10", "3"), nil},
		"one too many": {aQuota("count/pods", "9", "3"), []string{"ResourceQuota small allows count/pods 9, but the largest scenario needs 10 (1 of Job run at 1, 8 of Deployment inference at 1; 3 is used now); raise it"}},
		"cpu":          {aQuota("requests.cpu", "4", "1"), []string{"ResourceQuota small allows requests.cpu 4, but the largest scenario needs 4100m (1 of Job run at 100m, 8 of Deployment inference at 500m; 1 is used now)"}},
		"limits": {aQuota("limits.memory", "7Gi", "2Gi"), []string{
			"ResourceQuota small allows limits.memory 7Gi",
			"ResourceQuota small counts limits.memory, which container main of Job run does not set; set it",
		}},
		"something else":    {aQuota("services", "0", "0"), nil},
		"objects":           {aQuota("count/jobs.batch", "3", "3"), []string{"ResourceQuota small allows count/jobs.batch 3, but the largest scenario needs 4 (1 to be created by deploy and submit; 3 is used now)"}},
		"plain objects":     {aQuota("configmaps", "3", "2"), []string{"ResourceQuota small allows configmaps 3, but the largest scenario needs 4 (2 to be created"}},
		"not counted yet":   {fresh, []string{"ResourceQuota small allows pods 8, but the largest scenario needs 9"}},
		"for others only":   {scoped(corev1.ResourceQuotaScopeBestEffort), nil},
		"for ours":          {scoped(corev1.ResourceQuotaScopeNotBestEffort), []string{"ResourceQuota small allows pods 1"}},
		"for short ones":    {scoped(corev1.ResourceQuotaScopeTerminating), nil},
		"other priorities":  {classes, nil},
		"who knows for who": {scoped("Novel"), []string{"note: ResourceQuota small applies to some pods only, and to which is not known"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			target := &demand{what: "Deployment inference", count: 8, present: 2, judged: true}
			target.settle(corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: amounts("500m", "1Gi"), Limits: amounts("1", "1Gi")}}}})
			driver := &demand{what: "Job run", count: 1}
			driver.settle(corev1.PodSpec{Containers: []corev1.Container{asking("100m", "1Gi")}})
			objects := []created{{[]string{"count/jobs.batch"}}, {[]string{"count/configmaps", "configmaps"}}, {[]string{"count/configmaps", "configmaps"}}}
			var f Findings
			checkQuota(&f, test.quota, []*demand{driver, target}, objects)
			wantLines(t, f, test.want...)
		})
	}
}

func TestLimitRange(t *testing.T) {
	container := asking("100m", "1Gi")
	container.Resources.Limits = amounts("4", "1Gi")
	d := &demand{what: "Deployment inference"}
	d.settle(corev1.PodSpec{Containers: []corev1.Container{container}, InitContainers: []corev1.Container{{Name: "first"}}})
	var f Findings
	checkLimit(&f, corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Name: "modest"}, Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{
		{Type: corev1.LimitTypeContainer, Max: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2")}, Min: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("200m")}},
		{Type: corev1.LimitTypePod, MaxLimitRequestRatio: amounts("10", "1")},
	}}}, d)
	wantLines(t, f,
		"LimitRange modest allows at most cpu 2, but container first of Deployment inference has no limit",
		"LimitRange modest asks for at least cpu 200m, but container first of Deployment inference requests none",
		"LimitRange modest allows at most cpu 2, but container main of Deployment inference has the limit 4",
		"LimitRange modest asks for at least cpu 200m, but container main of Deployment inference requests 100m",
		"LimitRange modest allows a cpu limit of at most 10 times the request, but a pod of Deployment inference requests 100m with the limit 4",
	)
}
