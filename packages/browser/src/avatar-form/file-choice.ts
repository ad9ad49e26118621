export interface FileChoiceOptions {
  /** The form. Others like it on the page have files of their own. */
  readonly host: HTMLElement
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
 * Calls back with a picture that is chosen, dropped anywhere on the page, or pasted; where the page has several forms, what
 * is dropped on this one, or pasted while the focus is in it. What is meant for something else on the page, its own fields
 * and whatever has taken care of the event, is left to that.
 */
export function listenToFiles(options: FileChoiceOptions): void {
  const { inputs, isOpen, choose, signal } = options
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
    if (!file || !isOpen() || ownerOf(event, options, PASTED_INTO) !== 'this form') return
    event.preventDefault()
    choose(file)
  }
  document.addEventListener('paste', paste, { signal })
  listenToDrops(options)
}

function listenToDrops(options: FileChoiceOptions): void {
  const { target, isOpen, choose, signal } = options
  const carriesFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  const over = (event: DragEvent) => {
    if (!carriesFile(event)) return
    const owner = ownerOf(event, options, DROPPED_ON)
    target.classList.toggle('over', owner === 'this form' && isOpen())
    // A file dropped beside the target must not make the browser leave the page.
    if (owner !== 'something else') event.preventDefault()
  }
  const leave = (event: DragEvent) => {
    if (event.relatedTarget === null) target.classList.remove('over')
  }
  const drop = (event: DragEvent) => {
    target.classList.remove('over')
    if (!carriesFile(event)) return
    const owner = ownerOf(event, options, DROPPED_ON)
    if (owner !== 'something else') event.preventDefault()
    const file = event.dataTransfer?.files[0]
    if (file && owner === 'this form' && isOpen()) choose(file)
  }
  document.addEventListener('dragover', over, { signal })
  document.addEventListener('dragleave', leave, { signal })
  document.addEventListener('drop', drop, { signal })
}

/** Whom a file is meant for. A field of the page, and whatever has taken care of the event, is something else. */
function ownerOf(
  event: Event,
  { host, target }: FileChoiceOptions,
  fields: string,
): 'this form' | 'no form' | 'something else' {
  const path = event.composedPath()
  if (path.includes(target)) return 'this form'
  const [first] = path
  const isField = first instanceof HTMLElement && (first.isContentEditable || first.matches(fields))
  if (event.defaultPrevented || isField) return 'something else'
  if (path.includes(host)) return 'this form'
  const forms = [...document.querySelectorAll(host.localName)]
  if (path.some((element) => element instanceof HTMLElement && element.localName === host.localName))
    return 'something else'
  return forms.some((form) => form !== host) ? 'no form' : 'this form'
}
