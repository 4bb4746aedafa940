package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestThisBuild(t *testing.T) {
	settings := func(pairs ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{}
		for i := 0; i < len(pairs); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return info
	}
	for _, tt := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, "unknown"},
		{settings(), "unknown"},
		{settings("vcs.modified", "true"), "unknown"},
		{settings("vcs.revision", "abc", "vcs.modified", "false"), "abc"},
		{settings("vcs.revision", "abc", "vcs.modified", "true"), "abc+dirty"},
	} {
		want := "swarmgrid " + Version + " (commit " + tt.want + ", " + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")"
		if got := thisBuild(tt.info, tt.info != nil).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
