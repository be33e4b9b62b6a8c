import type { Mutant } from '../mutant.ts'

const endedGrant = { test: 'tests/integration/oauth/ended-grant.test.ts', project: 'integration' }
const ofEndedGrant = 'A code or token of a grant that has ended opens, spends and reports nothing'

export const mutants: readonly Mutant[] = [
  {
    rule: 'The tokens of an ended grant are swept at once',
    file: 'server/store/tables/sweep.ts',
    find: '[sweepExpired, sweepEnded]',
    replace: '[sweepExpired]',
    test: 'tests/integration/store/sweep.test.ts',
    project: 'integration',
    title: 'on sqlite.*continues within a turn',
  },
  {
    rule: 'The tokens of an ended grant are swept a batch at a time',
    file: 'server/store/tables/sweep.ts',
    find: '            .limit(BATCH)\n',
    replace: '',
    ...endedGrant,
    title: 'on sqlite.*emptied a batch at a time',
  },
  {
    rule: 'Ending a grant costs the same, however many tokens it has',
    file: 'server/oauth/terms/grants.ts',
    find: `    .where('grant_id', '=', grantId)
    .where('revoked_at', 'is', null)
    .execute()
}
`,
    replace: `    .where('grant_id', '=', grantId)
    .where('revoked_at', 'is', null)
    .execute()
  await trx.deleteFrom('oauth_record').where('grant_id', '=', grantId).execute()
}
`,
    ...endedGrant,
    title: 'on sqlite.*cost as much as any',
  },
  {
    rule: 'Removing an account costs the same, however many tokens its grants have',
    file: 'server/oauth/engine/adapter.ts',
    find: 'account_id: signInOf(payload)?.accountId ?? null',
    replace: 'account_id: payload.accountId ?? signInOf(payload)?.accountId ?? null',
    ...endedGrant,
    title: 'on sqlite.*of an account that is removed',
  },
  {
    rule: `${ofEndedGrant}: access tokens`,
    file: 'server/grants/find-authorization.ts',
    find: "    .where('consent.revoked_at', 'is', null)\n",
    replace: '',
    ...endedGrant,
    title: 'on sqlite.*by disconnecting the application',
  },
  {
    rule: `${ofEndedGrant}: refresh tokens, introspection, revocation`,
    file: 'server/oauth/engine/adapter.ts',
    find: "      .where('consent.revoked_at', 'is', null)\n",
    replace: '',
    ...endedGrant,
    title: 'on sqlite.*by disconnecting the application',
  },
  {
    rule: `${ofEndedGrant}: a code or refresh token, by a request that is under way`,
    file: 'server/oauth/engine/adapter.ts',
    find: '    .where(grantHolds)\n',
    replace: '',
    ...endedGrant,
    title: 'on sqlite.*gives nothing for a (?:code|refresh token$)',
  },
  {
    rule: `${ofEndedGrant}: an answer that was lost, by a request that is under way`,
    file: 'server/grants/lost-answer.ts',
    find: '    .where(grantHolds)\n',
    replace: '',
    ...endedGrant,
    title: 'on sqlite.*whose answer was lost',
  },
  {
    rule: `${ofEndedGrant}: an answer that is repeated`,
    file: 'server/oauth/engine/sealed-replay.ts',
    find: "          .where('revoked_at', 'is', null),\n",
    replace: '',
    ...endedGrant,
    title: 'on sqlite.*repeats no answer',
  },
]
