import type { JSX } from "preact";

function icon(paths: JSX.Element, filled = false) {
  return function Icon({ size = 20 }: { size?: number }) {
    return (
      <svg width={size} height={size} viewBox="0 0 24 24" fill={filled ? "currentColor" : "none"} stroke={filled ? "none" : "currentColor"}
        stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
        {paths}
      </svg>
    );
  };
}

export const Play = icon(<path d="M8 5.2v13.6c0 .9 1 1.4 1.7.9l9.9-6.8c.6-.4.6-1.4 0-1.8L9.7 4.3C9 3.8 8 4.3 8 5.2z" />, true);
export const Pause = icon(<><rect x="6.5" y="5" width="4" height="14" rx="1.3" /><rect x="13.5" y="5" width="4" height="14" rx="1.3" /></>, true);
export const Back = icon(<path d="M14.5 5.5 8 12l6.5 6.5" />);
export const Forward = icon(<path d="M9.5 5.5 16 12l-6.5 6.5" />);
export const Loop = icon(<><path d="M4 12a5 5 0 0 1 5-5h9" /><path d="m15.5 4 3 3-3 3" /><path d="M20 12a5 5 0 0 1-5 5H6" /><path d="m8.5 20-3-3 3-3" /></>);
export const Download = icon(<><path d="M12 4v11" /><path d="m7.5 11 4.5 4.5 4.5-4.5" /><path d="M5 19.5h14" /></>);
export const Sun = icon(<><circle cx="12" cy="12" r="4" /><path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1" /></>);
export const Moon = icon(<path d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z" />);
export const Keyboard = icon(<><rect x="3" y="6" width="18" height="12" rx="2.5" /><path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8" /></>);
export const Trash = icon(<><path d="M5 7h14M10 7V5h4v2M7 7l.8 12h8.4L17 7" /></>);
export const Pencil = icon(<path d="m5 19 1-4L15.5 5.5l3 3L9 18z" />);
export const Search = icon(<><circle cx="11" cy="11" r="6" /><path d="m20 20-4.5-4.5" /></>);
export const Close = icon(<path d="M6 6l12 12M18 6 6 18" />);
export const ZoomIn = icon(<><circle cx="11" cy="11" r="6" /><path d="m20 20-4.5-4.5M11 8.5v5M8.5 11h5" /></>);
export const ZoomOut = icon(<><circle cx="11" cy="11" r="6" /><path d="m20 20-4.5-4.5M8.5 11h5" /></>);
export const Volume = icon(<><path d="M4.5 10v4h3l4.5 4V6L7.5 10z" /><path d="M15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" /></>);
export const Add = icon(<path d="M12 5v14M5 12h14" />);
export const More = icon(<><circle cx="5.5" cy="12" r="1.6" /><circle cx="12" cy="12" r="1.6" /><circle cx="18.5" cy="12" r="1.6" /></>, true);
export const Alert = icon(<><path d="M12 4 2.8 19.5h18.4z" /><path d="M12 10v4.5M12 17v.01" /></>);
export const Note = icon(<><path d="M9 18V6l10-2v11.5" /><circle cx="6.7" cy="18" r="2.3" /><circle cx="16.7" cy="15.5" r="2.3" /></>);
export const Wave = icon(<path d="M3.5 12h1.5M8 8v8M12 5v14M16 8.5v7M19 12h1.5" />);
export const Spectrum = icon(<><rect x="4" y="5" width="16" height="14" rx="2" /><path d="M4 15h5M4 10h3M12 15h4M10 10h6M13 19v-2M17 12h3" /></>);
