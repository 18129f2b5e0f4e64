// Paths of this system; a browser has POSIX ones.
export { default } from 'node:path'
