export interface FileChoiceOptions {
  /** What files are dropped on; it shows the class `over` meanwhile. */
  readonly target: HTMLElement
  readonly inputs: readonly HTMLInputElement[]
  /** Whether a picture may come now. */
  readonly isOpen: () => boolean
  readonly choose: (file: File) => void
  /** Ends the listening to the whole page. */
  readonly signal: AbortSignal
}

/** Fields of the page that do something with what is pasted into them, or with a file that is dropped on them. */
const PASTED_INTO = 'input, textarea'
const DROPPED_ON = 'input[type="file"]'

/**
 * Calls back with a picture that is chosen, dropped anywhere on the page, or pasted. What is meant for something else on
 * the page, its own fields and whatever has taken care of the event, is left to that.
 */
export function listenToFiles({ target, inputs, isOpen, choose, signal }: FileChoiceOptions): void {
  for (const input of inputs) {
    const take = () => {
      const file = input.files?.[0]
      // The same file may be chosen again after a refusal.
      input.value = ''
      if (file) choose(file)
    }
    input.addEventListener('change', take, { signal })
  }
  const paste = (event: ClipboardEvent) => {
    const file = event.clipboardData?.files[0]
    if (!file || !isOpen() || isForOthers(event, target, PASTED_INTO)) return
    event.preventDefault()
    choose(file)
  }
  document.addEventListener('paste', paste, { signal })
  listenToDrops({ target, isOpen, choose, signal })
}

function listenToDrops({ target, isOpen, choose, signal }: Omit<FileChoiceOptions, 'inputs'>): void {
  const carriesFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  const over = (event: DragEvent) => {
    if (!carriesFile(event)) return
    const isOurs = !isForOthers(event, target, DROPPED_ON)
    target.classList.toggle('over', isOurs && isOpen())
    // A file dropped beside the target must not make the browser leave the page.
    if (isOurs) event.preventDefault()
  }
  const leave = (event: DragEvent) => {
    if (event.relatedTarget === null) target.classList.remove('over')
  }
  const drop = (event: DragEvent) => {
    target.classList.remove('over')
    if (!carriesFile(event) || isForOthers(event, target, DROPPED_ON)) return
    event.preventDefault()
    const file = event.dataTransfer?.files[0]
    if (file && isOpen()) choose(file)
  }
  document.addEventListener('dragover', over, { signal })
  document.addEventListener('dragleave', leave, { signal })
  document.addEventListener('drop', drop, { signal })
}

/** Whether something else has taken care of an event, or is a field that will. What happens on `ours` is ours. */
function isForOthers(event: Event, ours: HTMLElement, fields: string): boolean {
  const path = event.composedPath()
  if (path.includes(ours)) return false
  const [first] = path
  return event.defaultPrevented || (first instanceof HTMLElement && (first.isContentEditable || first.matches(fields)))
}
