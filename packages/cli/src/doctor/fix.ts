import { browserRule, expiryRules, StoreError, setBrowserAccess, setTemporaryExpiry } from '@bucket-brigade/core'
import { corsDocument, lifecycleDocument } from '../policies/rule-documents.js'
import type { Chart } from './chart.js'
import { type Finding, fail } from './finding.js'
import type { Patient } from './patient.js'
import { checkCors, checkLifecycle, originsToLetIn } from './rules.js'

/** Shows the rules that are missing, applies them, and looks again. */
export async function fix(patient: Patient, chart: Chart): Promise<void> {
  const { bucket, signal } = patient
  const { store } = bucket
  if (chart.has('lifecycle', 'fail')) {
    chart.showRules(`the lifecycle of ${store.bucket}`, lifecycleDocument(expiryRules(store.prefix)))
    await apply(patient, chart, 'lifecycle', async () => {
      await setTemporaryExpiry(store, { signal })
      return [await checkLifecycle(patient)]
    })
  }
  if (chart.has('cors', 'fail')) {
    const origins = await originsToLetIn(patient)
    chart.showRules(`the CORS rules of ${store.bucket}`, corsDocument([browserRule(origins)]))
    await apply(patient, chart, 'cors', async () => {
      await setBrowserAccess(store, origins, { signal })
      return checkCors(patient)
    })
  }
}

/** Rules that may not be written, or that the service has no call for, are found so: what else was found is told all the same. */
async function apply(
  { remedies }: Patient,
  chart: Chart,
  check: string,
  write: () => Promise<readonly Finding[]>,
): Promise<void> {
  try {
    await chart.replace(check, await write())
  } catch (error) {
    if (!StoreError.is(error)) throw error
    const why = 'the rules could not be applied'
    const finding =
      error.code === 'permission-denied'
        ? fail(
            check,
            error.message,
            why,
            'grant the rights that this prints',
            remedies.brigade('policy', '--with', 'fix'),
          )
        : fail(check, error.message, why, 'set them where the service is administered')
    await chart.replace(check, [finding])
  }
}
