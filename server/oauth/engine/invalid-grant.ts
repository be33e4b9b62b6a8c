const SENTENCES: Readonly<Record<string, string>> = {
  refresh_token:
    'The refresh token is unknown, was used, has ended, or is another application’s; one that is bound to a key needs its DPoP proof.',
  authorization_code:
    'The code is unknown, was used, is older than a minute, or is of another request: redirect_uri, code_verifier and client_id must be those of the authorization request.',
}

/**
 * Returns the answer to a code or token that is not taken (RFC 6749, section 5.2), in words that say which member of the request it is. They
 * are the same for every reason, so that nobody learns whether a code or token exists.
 */
export const invalidGrant = (grantType: unknown): { error: string; error_description: string } => ({
  error: 'invalid_grant',
  error_description: SENTENCES[String(grantType)] ?? 'The grant is not valid.',
})
