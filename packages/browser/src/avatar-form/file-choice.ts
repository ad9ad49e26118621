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

/** Calls back with a picture that is chosen, dropped anywhere on the page, or pasted. */
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
    if (!file || !isOpen()) return
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
    // A file dropped beside the target must not make the browser leave the page.
    event.preventDefault()
    target.classList.toggle('over', isOpen())
  }
  const leave = (event: DragEvent) => {
    if (event.relatedTarget === null) target.classList.remove('over')
  }
  const drop = (event: DragEvent) => {
    if (!carriesFile(event)) return
    event.preventDefault()
    target.classList.remove('over')
    const file = event.dataTransfer?.files[0]
    if (file && isOpen()) choose(file)
  }
  document.addEventListener('dragover', over, { signal })
  document.addEventListener('dragleave', leave, { signal })
  document.addEventListener('drop', drop, { signal })
}
