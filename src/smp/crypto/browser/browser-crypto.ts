export { nobleCrypto as platformCrypto } from '../noble.js';
