/** The Security Manager: Core Vol 3, Part H. */
export * from './refusal.js';
