export { Buffer } from 'buffer-for-browsers'
