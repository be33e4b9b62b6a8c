import { useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Connection } from '../messages/state.ts'
import type { VitalsAt } from '../record/vitals/use-vitals.ts'
import { Button } from '../ui/controls/button.tsx'
import { download, fileName } from '../ui/controls/download.ts'
import { Notice, ProblemNotice } from '../ui/controls/notice.tsx'
import { useAction } from '../ui/state/use-action.ts'
import { count, listed, t } from '../ui/words/words.ts'
import { missingVitals, missingWords } from './missing-parts.ts'
import { collectRecord, type RecordFile } from './record-file.ts'
import { vitalsCsv } from './vitals-csv.ts'

/** Returns the ids of the connections that are still signed in by the same sign-in. */
const findSignedIn = async (connections: readonly Connection[]): Promise<ReadonlySet<string>> => {
  const { connections: now } = await ask('state')
  const isStill = ({ id, signedInAt }: Connection) =>
    now.some((each) => each.id === id && each.signedIn && each.signedInAt === signedInAt)
  return new Set(connections.filter(isStill).map(({ id }) => id))
}

interface Props {
  connections: Connection[]
  /** Those of the same person that are not shown. */
  leftOut: Connection[]
  vitals: VitalsAt[]
}

/** Prints the record or saves it as a FHIR Bundle or a table. The files are made in this page and sent to nobody. */
export const PrintOrExport = ({ connections, leftOut, vitals }: Props) => {
  const [progress, setProgress] = useState<{ resources: number; awaited: string[] }>()
  const [file, setFile] = useState<RecordFile>()
  const record = useAction(async () => {
    setFile(undefined)
    setProgress(undefined)
    const collected = await collectRecord(
      connections,
      leftOut,
      (request) => ask('export-record', request),
      (resources, awaited) => setProgress({ resources, awaited }),
      () => findSignedIn(connections),
    )
    if (collected.resources > 0) download(fileName([name], 'json'), 'application/fhir+json', collected.parts)
    setFile(collected)
  })
  const name = connections[0]?.patient?.name ?? ''
  const values = vitals.flatMap(({ value }) => value ?? [])
  const isReading = vitals.some(({ pending }) => pending)
  return (
    <div class="on-screen stack">
      <div class="row">
        <Button look="primary" onClick={() => window.print()}>
          {t('summary_print')}
        </Button>
        <Button busy={record.isRunning} onClick={() => record.run()}>
          {t('summary_record')}
        </Button>
        <Button
          busy={isReading || values.length === 0}
          onClick={() =>
            download(
              fileName([name, 'vital-signs'], 'csv'),
              'text/csv',
              vitalsCsv(values, missingVitals(vitals, leftOut)),
            )
          }
        >
          {t('summary_csv')}
        </Button>
      </div>
      <p class="quiet small">{t('summary_care')}</p>
      {record.problem && <ProblemNotice problem={record.problem} />}
      {record.isRunning && (
        <Notice kind="waiting">
          {count('summary_reading', progress?.resources ?? 0)}{' '}
          {progress && progress.awaited.length > 0 && t('summary_awaited', listed(progress.awaited))}
        </Notice>
      )}
      {file && <FileNotices file={file} />}
    </div>
  )
}

/** Says what the file holds, and what it does not. */
export const FileNotices = ({ file: { resources, missing } }: { file: RecordFile }) => (
  <>
    {resources > 0 ? (
      <Notice kind="done">{count('summary_done', resources)}</Notice>
    ) : (
      <Notice kind="failed">{t('summary_no_file')}</Notice>
    )}
    {missing.map((part, index) => (
      <Notice key={index} kind="refused">
        {missingWords(part)}
      </Notice>
    ))}
  </>
)
