// Made by `make words` from the catalogues in locale/de.
globalThis.words = {
plural: (n) => Number((n != 1)),
texts: {
"connecting": "verbindet",
"live": "live",
"offline": "offline",
"signed out": "abgemeldet",
"stale": "veraltet",
"{count} open": "{count} offen",
},
told: {
},
};
