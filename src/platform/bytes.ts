/** True where bytes are UTF-8 text. */
export { isUtf8 } from 'node:buffer'
