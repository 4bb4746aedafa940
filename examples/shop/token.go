package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// tokenFor is what a user shows after logging in: the name and its signature, so that
// every replica with the same secret accepts it and none has to remember it.
func tokenFor(secret, user string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(user))
	return user + "." + hex.EncodeToString(mac.Sum(nil)[:8])
}

// userOf is whom an Authorization header names; false when the token is not ours.
func userOf(secret, header string) (string, bool) {
	token, bearer := strings.CutPrefix(header, "Bearer ")
	dot := strings.LastIndex(token, ".")
	if !bearer || dot < 1 {
		return "", false
	}
	user := token[:dot]
	return user, hmac.Equal([]byte(token), []byte(tokenFor(secret, user)))
}
