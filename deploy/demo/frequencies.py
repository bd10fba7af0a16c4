"""How often what happens, and when, per mille. Made by measure.py from public data; do not edit.

docs/data-sources.md tells what was counted. These are shares of many calls: no row, no address and no
time of a single call is in them, and no cell stands for fewer than 10 rows.
"""

# APCO types of police responses: within 150 m of a school at school time, within 150 m at other times, elsewhere.
POLICE_TYPES = {
    'school_time': {
        'LARCENY': 127.4, 'SUSP': 91.2, 'ASSAULT': 77.0, 'DISORD': 69.2, 'BURGLARY': 67.6,
        'VEHSTLN': 55.0, 'THREATS': 48.7, 'VANDAL': 42.5, 'TSTOP': 33.0, 'MVA': 31.4,
        'WEAPON': 29.9, 'FRAUD': 26.7, 'ROBBERY': 26.7, 'TRESPASS': 23.6, 'HARR': 22.0,
        'PARKING': 22.0, 'PROPFND': 17.3, 'INDECENT': 15.7,
    },
    'near': {
        'LARCENY': 122.2, 'BURGLARY': 98.8, 'SUSP': 96.9, 'DISORD': 76.7, 'TSTOP': 49.4,
        'MVAHR': 41.6, 'VEHSTLN': 39.7, 'ASSAULT': 31.9, 'VANDAL': 29.9, 'THREATS': 26.7,
        'PARKING': 23.4, 'NOISE': 21.5, 'TRESPASS': 21.5, 'PROPFND': 20.8, 'ALMB': 19.5,
        'SHOOT': 18.9, 'MVA': 18.2, 'SHOPLIFT': 18.2, 'FIGHT': 16.9, 'ROBBERY': 16.3,
        'MVAINJY': 15.6, 'HAZ': 15.0, 'SUBJSTP': 14.3, 'DRUGS': 13.7, 'HARR': 13.0, 'ALMR': 11.7,
        'FRAUD': 11.1, 'PERMISS': 9.8, 'WEAPON': 7.8, 'LIQUOR': 7.2, 'PROW': 7.2, 'EDP': 6.5,
    },
    'elsewhere': {
        'LARCENY': 120.3, 'DISORD': 95.3, 'BURGLARY': 84.1, 'SUSP': 67.8, 'ASSAULT': 46.8,
        'TSTOP': 38.9, 'VEHSTLN': 38.6, 'SHOPLIFT': 34.7, 'MVA': 29.9, 'TRESPASS': 27.6,
        'VANDAL': 27.2, 'MVAHR': 27.2, 'SUBJSTP': 24.6, 'FRAUD': 23.1, 'THREATS': 20.2,
        'PROPFND': 19.4, 'PARKING': 18.5, 'DRUGS': 18.0, 'MVAINJY': 16.8, 'FIGHT': 15.8,
        'ROBBERY': 13.4, 'HAZ': 12.9, 'NOISE': 12.7, 'ALMR': 11.9, 'THAZ': 11.5, 'HARR': 11.0,
        'EDP': 10.4, 'ALMB': 10.2, 'SHOOT': 9.6, 'LIQUOR': 8.4, 'WEAPON': 8.4, 'PERMISS': 7.4,
        'VEHREC': 7.2, 'DEATH': 6.9, 'INDECENT': 5.9, 'WELFARE': 5.8, 'TROUBLE': 4.2,
        'PROW': 4.1, 'CRIMTRAF': 3.5, 'ANIMAL': 3.0, 'MVAUNK': 2.8, 'RECKDRV': 2.6, 'DUI': 2.6,
        'INTOX': 2.6, 'ALMH': 2.5, 'PROPLOST': 2.1, 'OD': 1.9, 'OPEN': 1.8, 'PHANDLE': 1.8,
        'VICE': 1.6, 'NCRASLTWF': 1.3, 'WIRES': 1.3, 'WATER': 1.2, 'HATE': 1.1, 'PUBWKS': 1.0,
        'CU2': 1.0, 'DMPX': 0.9, 'FIREWRKS': 0.9, 'ACCIND': 0.9, 'BITE': 0.8, 'ALRVEH': 0.8,
        'PERFND': 0.7, 'VEHASST': 0.7, 'SICK': 0.5, 'SEXOFFNS': 0.4, 'PURSUIT': 0.3,
        'CARJACK': 0.3, 'FBRUSH': 0.2, 'VEHABND': 0.1,
    },
}

# By local hour.
POLICE_HOURS = {
    'school_day': [
        28.2, 19.5, 13.0, 5.8, 9.4, 11.6, 15.2, 31.8, 44.9, 44.9, 46.3, 41.2, 89.0, 70.9, 67.3,
        74.5, 61.5, 50.7, 40.5, 28.2, 63.7, 60.8, 52.1, 28.9,
    ],
    'near': [
        37.3, 22.5, 16.1, 6.9, 12.0, 11.0, 12.4, 29.4, 39.1, 44.2, 37.7, 36.3, 77.7, 67.6, 60.3,
        62.1, 56.1, 53.4, 41.9, 30.8, 63.0, 75.0, 64.9, 42.3,
    ],
    'elsewhere': [
        37.0, 33.1, 25.7, 12.3, 20.1, 15.8, 17.2, 30.6, 33.3, 38.4, 35.6, 36.4, 72.4, 58.2, 52.4,
        54.5, 54.1, 55.1, 43.6, 33.3, 67.7, 68.6, 60.0, 44.9,
    ],
}

# Monday first.
POLICE_WEEKDAYS = {
    'near': [
        147.7, 173.0, 139.8, 147.2, 144.9, 118.7, 128.8,
    ],
    'elsewhere': [
        143.4, 147.5, 134.7, 147.7, 133.9, 142.9, 150.1,
    ],
}

# January first.
POLICE_MONTHS = {
    'near': [
        77.3, 71.3, 81.9, 67.2, 85.1, 73.6, 92.5, 75.0, 102.6, 105.8, 97.1, 70.8,
    ],
    'elsewhere': [
        63.3, 58.0, 68.8, 69.8, 92.3, 84.4, 106.1, 98.0, 88.7, 88.3, 97.3, 85.1,
    ],
}

# APCO dispositions by class of the call as first reported.
POLICE_DISPOSITIONS = {
    'alarm': {
        '17': 843.5, '01': 71.3, '13': 35.1, '18': 23.6, '20': 20.7,
    },
    'disturbance': {
        '18': 721.4, '13': 87.1, '01': 79.6, '15': 36.0, '09': 26.9, '03': 18.5, '04': 17.8,
        '16': 4.2, '20': 3.7, '36': 2.9, '12': 1.3,
    },
    'drugs_alcohol': {
        '01': 340.4, '09': 219.7, '13': 166.3, '16': 103.7, '18': 78.4, '12': 48.0, '03': 30.3,
        '15': 6.1,
    },
    'fire_hazard': {
        '13': 652.2, '18': 196.6, '15': 62.5, '01': 38.3, '04': 18.5, '03': 12.1, '09': 10.6,
    },
    'medical': {
        '15': 890.5, '01': 38.9, '13': 26.6, '18': 23.5,
    },
    'missing_person': {
        '01': 780.9, '13': 87.4, '18': 86.0, '15': 34.9,
    },
    'police_activity': {
        '13': 306.2, '18': 196.5, '03': 147.5, '01': 112.0, '09': 95.4, '15': 84.6, '04': 46.3,
        '12': 5.0, '16': 5.0,
    },
    'property': {
        '01': 844.6, '12': 77.5, '13': 37.7, '18': 22.9, '20': 6.8, '03': 5.0, '15': 3.5,
        '17': 1.0, '09': 0.7, '04': 0.3,
    },
    'sex_offence': {
        '01': 493.0, '13': 222.8, '18': 185.2, '15': 50.1, '03': 18.1, '09': 15.3,
    },
    'suspicious': {
        '13': 650.0, '18': 117.8, '01': 93.0, '20': 40.0, '15': 36.7, '04': 18.9, '03': 18.7,
        '12': 16.1, '09': 3.5, '17': 2.7, '16': 2.3,
    },
    'threat': {
        '01': 519.5, '18': 287.6, '13': 89.0, '17': 60.7, '15': 34.0, '03': 3.8,
    },
    'traffic': {
        '01': 478.3, '04': 356.5, '18': 64.0, '03': 50.3, '13': 47.1, '12': 1.4, '09': 1.2,
        '15': 0.9,
    },
    'violence': {
        '01': 642.1, '18': 306.3, '13': 23.1, '15': 14.7, '03': 8.9, '16': 1.7,
    },
    'weapon': {
        '01': 428.7, '18': 321.8, '13': 173.6, '15': 28.3, '12': 27.7, '03': 9.0, '20': 6.2,
    },
    'welfare': {
        '15': 622.6, '18': 130.9, '13': 108.8, '03': 53.7, '16': 36.5, '01': 32.4, '09': 8.3,
    },
}

# Share of calls whose class on clearance is another than on first report.
RETYPED = 0.223

# APCO types of fire and medical calls.
FIRE_TYPES = {
    'SICK': 136.8, 'MVAINJY': 100.9, 'ALRF': 94.3, 'FALL': 81.7, 'RESP': 71.0, 'CARDIAC': 69.7,
    'PERUNCON': 58.4, 'TRAUMA': 52.5, 'ALS': 30.5, 'SEIZURE': 25.2, 'ALRMED': 22.6,
    'STROKE': 20.6, 'ABDOM': 18.6, 'HEMRG': 18.6, 'FSMOKE': 17.9, 'FVEH': 16.6, 'DIABETIC': 15.9,
    'GASLEAK': 15.9, 'OD': 14.6, 'NCRCPRF': 13.9, 'STDBY': 13.3, 'FELEC': 10.0, 'ASSAULT': 8.0,
    'BACK': 8.0, 'FBRUSH': 8.0, 'FSTRU': 8.0, 'ALLERGIC': 7.3, 'CITASST': 6.6,
}
