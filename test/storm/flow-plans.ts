import { seededRandom } from '../services/random.js'
import type { FlowPlan, FlowStep } from './flows.js'
import type { StormPicture } from './storm-pictures.js'

/** How people behave, as parts of all flows. */
export interface Habits {
  readonly hasty: number
  readonly leaving: number
}

const STEPS: readonly FlowStep[] = ['upload', 'crop', 'save']
const LONGEST_BEFORE_LEAVING = 60
const SMALLEST_CROP = 24

/** Flows of people, the same for the same seed. Every second person has two tabs, whose flows follow each other at once. */
export function planFlows(
  count: number,
  pictures: readonly StormPicture[],
  options: Habits & { readonly seed: number },
): readonly FlowPlan[] {
  const random = seededRandom(options.seed)
  const upTo = (limit: number): number => Math.floor(random() * limit)
  const oneOf = <T>(items: readonly T[]): T => items[upTo(items.length)] as T
  let person = 0
  return Array.from({ length: count }, (_, number) => {
    const tab = number % 3
    if (tab !== 2) person += 1
    const picture = oneOf(pictures)
    const edge = SMALLEST_CROP + upTo(Math.min(picture.width, picture.height) - SMALLEST_CROP + 1)
    const crop = { x: upTo(picture.width - edge + 1), y: upTo(picture.height - edge + 1), width: edge, height: edge }
    const isHasty = random() < options.hasty
    const isLeaving = random() < options.leaving
    const leaves = { step: oneOf(STEPS), afterMilliseconds: upTo(LONGEST_BEFORE_LEAVING), forGood: random() < 0.5 }
    return { number, user: `person-${person}`, picture, crop, isHasty, ...(isLeaving && { leaves }) }
  })
}
