import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { LockedRegistry } from './locked-registry.js'
import { mustRun, ROOT, run } from './run.js'

/** A package as it would be published. */
export interface PackedPackage {
  readonly name: string
  /** Everything that can be imported: `@bucket-brigade/core`, `@bucket-brigade/core/s3`, … */
  readonly specifiers: readonly string[]
  /** Its file's name. */
  readonly tarball: string
  /** Paths inside the tarball, sorted. */
  readonly files: readonly string[]
}

/** What `npm pack` says of a package. */
export interface PackReport {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** Brings the AWS SDK along, which libraries leave to their users. */
const COMMAND = '@bucket-brigade/cli'

/** An empty project into which the tarballs of all libraries were installed, as a stranger would. */
export class PackedProject {
  readonly #links = new Set<string>()

  private constructor(
    readonly folder: string,
    /** All, the command included. */
    readonly packages: readonly PackedPackage[],
  ) {}

  static async install(): Promise<PackedProject> {
    const folder = await mkdtemp(join(tmpdir(), 'bucket-brigade-packed-'))
    try {
      const workspaces = await publicWorkspaces()
      const reports = await packPackages(folder)
      const packages = await Promise.all(workspaces.map((path, index) => describePackage(path, reports[index])))
      const project = new PackedProject(folder, packages)
      await installTarballs(
        folder,
        '.',
        packages.filter(({ name }) => name !== COMMAND),
      )
      return project
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Of the libraries. */
  get specifiers(): readonly string[] {
    return this.packages.filter(({ name }) => name !== COMMAND).flatMap(({ specifiers }) => specifiers)
  }

  /**
   * Installs the command, and with it the AWS SDK, in a project of its own: an install in this one would reach through
   * the links of `link` and take away what they lead to.
   *
   * @returns The folder of that project.
   */
  async installCommand(): Promise<string> {
    const folder = join(this.folder, 'command')
    await mkdir(folder)
    await installTarballs(folder, '..', this.packages)
    return folder
  }

  /** Writes a file into the project and runs it with Node. */
  async runFile(name: string, source: string) {
    await writeFile(join(this.folder, name), source)
    return run(process.execPath, [name], this.folder)
  }

  /** Makes modules of the checkout available here, for what a stranger would install by hand. */
  async link(...modules: readonly string[]): Promise<void> {
    for (const module of modules) {
      const target = join(this.folder, 'node_modules', module)
      await rm(target, { recursive: true, force: true })
      await mkdir(dirname(target), { recursive: true })
      await symlink(join(ROOT, 'node_modules', module), target)
      this.#links.add(target)
    }
  }

  /** Type-checks one source file, strictly, declarations of libraries included. */
  async typeCheck(name: string, source: string): Promise<string> {
    const strictness = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false }
    const compilerOptions = { module: 'node16', target: 'es2022', ...strictness, noEmit: true }
    await writeFile(join(this.folder, name), source)
    await writeFile(
      join(this.folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'] }, files: [name] }),
    )
    const { stdout } = await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], this.folder)
    return stdout
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }
}

async function installTarballs(folder: string, place: string, packages: readonly PackedPackage[]): Promise<void> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }))
  const tarballs = packages.map(({ tarball }) => `${place}/${tarball}`)
  const registry = await LockedRegistry.start()
  try {
    await mustRun('npm', ['install', ...registry.options, ...tarballs], folder)
  } finally {
    await registry.close()
  }
}

async function publicWorkspaces(): Promise<readonly string[]> {
  const names = await readdir(join(ROOT, 'packages'))
  return names.sort().map((name) => join('packages', name))
}

/** Makes the tarballs of all packages, in `folder`. */
export async function packPackages(folder: string): Promise<readonly PackReport[]> {
  const workspaces = await publicWorkspaces()
  const chosen = workspaces.map((path) => `--workspace=${path}`)
  const printed = await mustRun(
    'npm',
    ['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`, ...chosen],
    ROOT,
  )
  const reports: readonly PackReport[] = JSON.parse(printed)
  return reports
}

async function describePackage(path: string, report: PackReport | undefined): Promise<PackedPackage> {
  const manifest: { name: string; exports: Readonly<Record<string, unknown>> } = JSON.parse(
    await readFile(join(ROOT, path, 'package.json'), 'utf8'),
  )
  return {
    name: manifest.name,
    specifiers: Object.keys(manifest.exports).map((subpath) => `${manifest.name}${subpath.slice(1)}`),
    tarball: report?.filename ?? '',
    files: (report?.files ?? []).map((file) => file.path).sort(),
  }
}
