import { CommanderError, Option, Command as Verb } from 'commander'
import type { Command, OptionSpec } from './command.js'
import { EXIT, type ExitCode } from './exit-code.js'
import type { Printer, Surroundings } from './surroundings.js'

/** What every verb takes. */
const SHARED: readonly OptionSpec[] = [
  { flags: '--json', text: 'one JSON value a line, for programs' },
  { flags: '--bucket-url <address>', text: 'the bucket (default: BUCKET_URL)' },
  { flags: '--prefix <prefix>', text: 'put before every key of that bucket (default: BUCKET_PREFIX)' },
  { flags: '--acl <list>', text: 'access control list of what is written (default: none is sent)' },
]

/** A verb, and what was typed behind it. */
export interface Chosen {
  readonly command: Command
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

const NOTES = `
A place is a key (uploads/leo.jpg), a prefix (uploads/), or the address of a bucket with a key behind it:
  "s3://bucket/uploads/leo.jpg?region=eu-central-1"    "file:./data?bucket=avatars#uploads/leo.jpg"
Credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_PROFILE, ...), never from an address.

Exit codes: 0 done or in order, 1 something is wrong or failed, 2 the command line is wrong,
  3 the bucket cannot be worked with, 130 interrupted, 141 nobody reads the output.`

/**
 * Finds the verb and its options on the command line. Help and the version are printed here.
 *
 * @returns The verb, or the exit code where all is said.
 */
export async function choose(
  args: readonly string[],
  commands: readonly Command[],
  version: string,
  { stdout, stderr }: Pick<Surroundings, 'stdout' | 'stderr'>,
): Promise<Chosen | ExitCode> {
  let chosen: Chosen | undefined
  const root = settled(new Verb('brigade'), stdout, stderr)
    .description('Looks after a bucket and the avatars in it.')
    .version(version, '-V, --version', 'prints the version')
    .helpOption('-h, --help', 'prints this help; behind a verb, that of the verb')
    .helpCommand('help [verb]', 'prints the help of a verb')
    .addHelpText('after', NOTES)
  for (const command of commands) {
    // A subcommand has the settings of the command that it is added to.
    addVerb(root, command, (found) => {
      chosen = found
    })
  }
  try {
    await root.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const isHelp = error.code === 'commander.helpDisplayed' || error.code === 'commander.version'
    return isHelp ? EXIT.ok : EXIT.usage
  }
  return chosen ?? EXIT.usage
}

function settled(verb: Verb, stdout: Printer, stderr: Printer): Verb {
  return verb
    .exitOverride()
    .showHelpAfterError('(add --help to see how it is used)')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => Math.min(stdout.columns ?? 100, 120),
      getErrHelpWidth: () => Math.min(stderr.columns ?? 100, 120),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
}

/** Verbs of two words stand below a group: `bucket create`. */
function addVerb(root: Verb, command: Command, onChosen: (chosen: Chosen) => void): void {
  const [first = '', second] = command.name.split(' ')
  const parent =
    second === undefined ? root : (root.commands.find((one) => one.name() === first) ?? addGroup(root, first))
  const verb = parent
    .command(second ?? first)
    .summary(command.summary)
    .description([`${command.summary}.`, command.details].filter(Boolean).join('\n'))
    .addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  ${line}`).join('\n')}`)
  for (const { name, text } of command.arguments) verb.argument(name, text)
  for (const { flags, text } of [...command.options, ...SHARED]) verb.addOption(new Option(flags, text))
  verb.action(() => onChosen({ command, words: verb.args, options: verb.opts<Record<string, unknown>>() }))
}

function addGroup(root: Verb, name: string): Verb {
  return root
    .command(name)
    .summary(GROUPS[name] ?? name)
    .description(`${GROUPS[name] ?? name}.`)
}

const GROUPS: Readonly<Record<string, string>> = {
  bucket: 'makes buckets',
  avatars: 'looks after the avatars of a bucket',
}
