// Package draft writes an experiment and a swarmfile for somebody who has neither: from
// a URL with curl's options, or from what is known of a process or a Deployment and of
// the OpenAPI document that it shows. What it writes is short, has a comment where a
// choice is to be made, and decodes.
//
// It reads no file and starts nothing: what there is to look at is handed in.
package draft
