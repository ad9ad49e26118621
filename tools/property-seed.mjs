/**
 * A vitest setup file. In CI every property runs with this seed: the verdict on a commit is the same each time. On a developer's machine
 * each run has another seed, which fast-check prints with a counterexample.
 */
import { configureGlobal } from 'fast-check'

configureGlobal({ seed: 20_261_121 })
