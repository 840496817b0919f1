// What has charts, as one part that is fetched when one of its pages is opened.

export { AllUsage } from './admin-usage.tsx';
export { Overview } from './overview.tsx';
export { OwnUsage } from './usage.tsx';
