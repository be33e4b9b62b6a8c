/** Journals a sign-in under the id of its request for a token, to recognize its entries in the organization's access log. */
export interface SignInJournal {
  recordSent(signIn: { id: string; what: 'sign-in' }): Promise<void>
  recordAnswer(answer: { id: string; responseId: string | null; date: string | null }): Promise<void>
}

export interface JournaledSignIn {
  /** The `X-Request-Id` of the request for a token. */
  id: string
  /** Records when the sign-in ended, by the organization's clock. */
  onTokens(response: Response): Promise<void>
}

/** Records that a sign-in begins. */
export const journalSignIn = async (journal: SignInJournal): Promise<JournaledSignIn> => {
  const id = crypto.randomUUID()
  await journal.recordSent({ id, what: 'sign-in' })
  return {
    id,
    onTokens: ({ headers }) =>
      journal.recordAnswer({ id, responseId: headers.get('x-request-id'), date: headers.get('date') }),
  }
}
