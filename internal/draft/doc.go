// Package draft writes an experiment and a swarmfile for somebody who has neither: from a
// URL with curl's options, or from what is known of a process or a Deployment and of the
// OpenAPI document that it shows. What it writes is short, has comments where there are
// choices to make, and decodes.
//
// It reads no file and starts nothing: it works on what it is given.
package draft
