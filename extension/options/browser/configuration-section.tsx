import { useId, useState } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import type { ImportPlan } from '../../messages/configuration.ts'
import { Button } from '../../ui/controls/button.tsx'
import { download } from '../../ui/controls/download.ts'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { t } from '../../ui/words/words.ts'
import { ImportSummary } from './import-summary.tsx'

/** Exports the providers to a file and imports them. */
export const Configuration = () => {
  const [pendingImport, setPendingImport] = useState<{ text: string; plan: ImportPlan }>()
  const [isDone, setDone] = useState(false)
  const exporting = useAction(async () => {
    const file = await ask('export-configuration')
    download('carekey-configuration.json', 'application/json', `${JSON.stringify(file, null, 2)}\n`)
  })
  const planning = useAction(async (file: File) => {
    setDone(false)
    setPendingImport(undefined)
    const text = await file.text()
    setPendingImport({ text, plan: await ask('plan-import', { text }) })
  })
  const importing = useAction(async (text: string, confirmedHosts: string[]) => {
    await ask('import-configuration', { text, confirmedHosts })
    setPendingImport(undefined)
    setDone(true)
  })
  const problem = exporting.problem ?? planning.problem ?? importing.problem
  return (
    <section id="configuration" aria-labelledby="configuration-title" class="stack">
      <h1 id="configuration-title">{t('configuration')}</h1>
      <p class="quiet">{t('configuration_lead')}</p>
      <div class="row">
        <Button busy={exporting.isRunning} onClick={() => exporting.run()}>
          {t('export_configuration')}
        </Button>
      </div>
      <FileField onFile={planning.run} />
      {pendingImport && (
        <ImportSummary
          plan={pendingImport.plan}
          busy={importing.isRunning}
          onImport={(confirmedHosts) => importing.run(pendingImport.text, confirmedHosts)}
          onLeave={() => setPendingImport(undefined)}
        />
      )}
      {problem && <ProblemNotice problem={problem} />}
      {isDone && <Notice kind="done">{t('configuration_imported')}</Notice>}
    </section>
  )
}

const FileField = ({ onFile }: { onFile: (file: File) => void }) => {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{t('configuration_file')}</label>
      <input
        id={id}
        type="file"
        accept="application/json,.json"
        aria-describedby={`${id}-note`}
        onChange={(event) => {
          const { currentTarget } = event
          const file = currentTarget.files?.[0]
          if (file) onFile(file)
          currentTarget.value = '' // choosing the same file again, corrected, fires a change event
        }}
      />
      <p id={`${id}-note`} class="hint">
        {t('configuration_file_hint')}
      </p>
    </div>
  )
}
