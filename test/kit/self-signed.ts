// Self-signed: a certificate for localhost and 127.0.0.1 with its key, valid until 2126.
// Test processes only. Made by openssl (prime256v1, 36,500 days); it protects nothing.
// Invariant: a client believes it only when it is told to, by `ca`.

export const selfSigned = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUUQL6h0Jm3o/V+ADf36/6ijGMSdcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDExMDQyOVoYDzIxMjYxMTA2
MTEwNDI5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATrNGJePjRMw7EQTTGPCbwQBI6uih236516PzCZo1NKOHbtjHJWwVAC
6HSuYFAmP7HluDeOgdu2YIga+1MRkK/To28wbTAdBgNVHQ4EFgQUlANXI8Cc6RJu
ff4IlrK4TTArLMUwHwYDVR0jBBgwFoAUlANXI8Cc6RJuff4IlrK4TTArLMUwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAN+eG4/fu9MYXv698C2smXX9vfibyCURaWdtblqSv8qoAiAf
WtMGVHB54Xklk69aAwiR0FKwZJPY60vKxDbhewkdNQ==
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYgHVgot1E90f240r
2ua5hX+sLc4Ja3uAdXo95KKHDdChRANCAATrNGJePjRMw7EQTTGPCbwQBI6uih23
6516PzCZo1NKOHbtjHJWwVAC6HSuYFAmP7HluDeOgdu2YIga+1MRkK/T
-----END PRIVATE KEY-----`,
} as const;
