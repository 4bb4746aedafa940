package interval

// student is how many standard errors an interval reaches to either side when the error itself
// was estimated from Batches values: a quantile of Student's t with Batches-1 degrees of
// freedom, (1 + confidence)/2. It is a constant, since every interval of a report needs it;
// a test computes it.
const student = 2.262157162798205
