import dns from 'node:dns'
import { onTestFinished, vi } from 'vitest'
import type { S3Driver, S3DriverOptions } from '../../../src/drivers/s3/index.js'
import type { ScriptedService } from './scripted-service.js'

/** A driver that takes the service for AWS: the name of its host is resolved to this machine. */
export function awsDriver(service: ScriptedService, options: S3DriverOptions = {}): S3Driver {
  const { lookup } = dns
  const local = vi.spyOn(dns, 'lookup')
  local.mockImplementation(((name: string, ...rest: [never, never]) =>
    lookup(name.endsWith('.amazonaws.com') ? '127.0.0.1' : name, ...rest)) as typeof lookup)
  onTestFinished(() => local.mockRestore())
  const endpoint = `http://s3.eu-central-1.amazonaws.com:${new URL(service.endpoint).port}`
  return service.driver({ endpoint, region: 'eu-central-1', urlStyle: 'path', ...options })
}
