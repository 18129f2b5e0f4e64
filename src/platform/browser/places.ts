import { EngineError } from '../../base/errors'
import { absolute, HOME, PACKAGE } from './memory'

declare const LIDVAE_VERSION: string

export const packageRoot = (): string => PACKAGE

export const ownVersion = (): string => LIDVAE_VERSION

export const isClone = (): boolean => false

export const startFolder = (): string => HOME

export const fromStart = absolute

export const cacheFolder = (): string => '/cache'

export const dataFolder = (): string | undefined => undefined

export function packageFile(file: string): string {
  throw new EngineError(
    `${file} is not part of the edition for browsers, so this file cannot be written there: use lidvae in Node.`,
  )
}
