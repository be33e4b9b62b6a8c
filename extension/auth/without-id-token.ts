/**
 * Who signed in was found out at sign-in, so the id_token of a refresh is read by nobody. It is not judged either: several
 * providers send one that lacks what OpenID Connect Core 12.2 asks of it, and people stayed connected to none of them. Nor
 * may a clock that jumped by a day take the rotated refresh token with it.
 */
export const withoutIdToken = async (response: Response): Promise<Response> => {
  const answer: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  if (typeof answer !== 'object' || answer === null || !('id_token' in answer)) return response
  const { id_token: _unread, ...rest } = answer
  return Response.json(rest, { status: response.status, headers: response.headers })
}
