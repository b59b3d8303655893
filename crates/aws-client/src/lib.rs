//! One way to reach AWS: region, credentials, endpoint, retries and timeouts from the environment.
