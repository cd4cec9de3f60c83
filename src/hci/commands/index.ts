/** All commands that are declared: Core Vol 4, Part E, 7.1 to 7.8. */
export * from './controller.js';
export * from './information.js';
export * from './le-advertising.js';
export * from './le-channel-sounding.js';
export * from './le-connection.js';
export * from './le-connection-rate.js';
export * from './le-direction-finding.js';
export * from './le-extended-advertising.js';
export * from './le-isochronous.js';
export * from './le-periodic.js';
export * from './le-power.js';
export * from './le-scanning.js';
export * from './le-security.js';
export * from './le-test.js';
export * from './link-control.js';
