import { element } from './elements.js'

/** Calls back with a picture that is chosen, dropped anywhere on the page, or pasted. */
export function onFileChosen(isOpen: () => boolean, choose: (file: File) => void): void {
  const input = element('file', HTMLInputElement)
  input.addEventListener('change', () => {
    const file = input.files?.[0]
    // The same file may be chosen again after a refusal.
    input.value = ''
    if (file) choose(file)
  })
  onFileDropped(isOpen, choose)
  document.addEventListener('paste', (event) => {
    const file = event.clipboardData?.files[0]
    if (!file || !isOpen()) return
    event.preventDefault()
    choose(file)
  })
}

function onFileDropped(isOpen: () => boolean, choose: (file: File) => void): void {
  const target = element('drop', HTMLElement)
  const carriesFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  document.addEventListener('dragover', (event) => {
    if (!carriesFile(event)) return
    // A file dropped beside the target must not make the browser leave the page.
    event.preventDefault()
    target.classList.toggle('over', isOpen())
  })
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) target.classList.remove('over')
  })
  document.addEventListener('drop', (event) => {
    if (!carriesFile(event)) return
    event.preventDefault()
    target.classList.remove('over')
    const file = event.dataTransfer?.files[0]
    if (file && isOpen()) choose(file)
  })
}
