//go:build !unix

package atomicfile

// SyncDir does nothing: other systems make names durable with the file.
func SyncDir(string) error { return nil }
