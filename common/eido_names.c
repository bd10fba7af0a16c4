/* See eido_private.h: counts unknown members of a document, by the object that contains them. */
#include "eido_private.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Members of every component: its author, and its extensions by JSON-LD. */
static const char *const prologue[] = {
    "$id",
    "lastUpdateTimeStamp",
    "updatedByAgencyReference",
    "updatedByAgentReference",
    "@context",
    "@type",
    "@id",
    "AlternateValueReferences",
    "notesReference",
};

static const char *const incident[] = {
    "incidentTypeInternalCode",
    "incidentTypeInternalText",
    "incidentTypeCommonRegistryText",
    "incidentStatusInternalText",
    "incidentStatusCommonRegistryText",
    "internalIncidentId",
    "incidentTrackingIdentifier",
    "agentReference",
    "locationReference",
    "personReference",
    "vehicleReference",
    "itemReference",
    "documentIdentification",
    "reportNumberType",
    "incidentPriorityInternalText",
    "incidentCommonPriorityNumber",
    "beatOrDispatchGroupText",
    "dispositionComponent",
    "disposition",
    "emergencyResourceReference",
    "callReference",
    "additionalDataReference",
    "mediaReference",
    "cautionReference",
};
static const char *const call[] = {
    "callStartTimestamp",
    "callEndTimestamp",
    "answerDate",
    "disconnectDate",
    "callStateRegistryText",
    "direction",
    "standardPrimaryCallType",
    "standardSecondaryCallType",
    "localCallType",
    "priorityIdentifier",
    "verstat",
    "sipIdentity",
    "queueIdentifier",
    "callBackReference",
    "personReference",
    "locationReference",
    "agentReference",
    "additionalDataReference",
    "relatedCallIdentifier",
    "callIdentifier",
    "mediaReference",
    "agencyReference",
};
static const char *const location[] = {
    "locationTypeDescriptionRegistryText",
    "locationByValue",
    "locationByReferenceUrl",
    "locationDescriptionText",
    "localIdentifier",
    "cellTowerSectorId",
    "crossStreetByValue",
    "intersectingStreetByValue",
    "additionalDataReference",
    "personReference",
};
static const char *const unit[] = {
    "eta",
    "emergencyResourceTypeCommonRegistryText",
    "emergencyResourceTypeInternalText",
    "resourceAttributeRegistryText",
    "emergencyResourceName",
    "primaryUnitStatusRegistryText",
    "secondaryUnitStatusRegistryText",
    "unitStatusInternal",
    "agentReference",
    "unitLocationReference",
    "unitDestinationReference",
    "personReference",
    "vehicleReference",
    "activeOnIncidentId",
    "stackedOnIncidentId",
    "agencyReference",
};
static const char *const merge[] = {
    "incidentTrackingIdentifier",
    "incidentMergeDirectionCode",
    "transactionReasonText",
    "involvedAgencyReference",
};
static const char *const disposition[] = {
    "dispositionCommonRegistryCode",
    "dispositionPrimaryIndicator",
    "dispositionCategoryText",
    "dispositionDescriptionText",
    "dispositionInternalCode",
    "agencyReference",
    "agentReference",
};

/* The components that are read, with the members that their items may have. */
static const struct {
    const char *name;
    const char *const *members;
    size_t count;
} components[] = {
    {"incidentComponent", incident, COUNT_OF(incident)},
    {"callComponent", call, COUNT_OF(call)},
    {"locationComponent", location, COUNT_OF(location)},
    {"locationInformationComponent", location, COUNT_OF(location)},
    {"emergencyResourceComponent", unit, COUNT_OF(unit)},
    {"mergeComponent", merge, COUNT_OF(merge)},
};

/* Members of the document that are read, or that have no content to keep. */
static const char *const whole[] = {"$id", "lastUpdateTimeStamp", "eidoVersion", "@context"};

static bool is_in(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

static void count_item(struct eido *e, const json_t *item, const char *const *members,
                       size_t member_count)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)item, name, value)
    {
        if (!event_name_is_denied(name, strlen(name)) &&
            !is_in(name, prologue, COUNT_OF(prologue)) && !is_in(name, members, member_count))
            event_drop(e->dropped, name, strlen(name), false);
    }
}

static void count_list(struct eido *e, const json_t *list, const char *const *members,
                       size_t member_count)
{
    for (size_t i = 0; i < eido_list_size(list); i++)
        count_item(e, eido_list_at(list, i), members, member_count);
}

/* Counts the unknown members of a component. Returns false if the component is not read. */
static bool count_component(struct eido *e, const char *name, const json_t *value)
{
    for (size_t i = 0; i < COUNT_OF(components); i++) {
        if (strcasecmp(components[i].name, name) != 0)
            continue;
        count_list(e, value, components[i].members, components[i].count);
        return true;
    }
    return false;
}

void eido_count_dropped(struct eido *e)
{
    const json_t *first = eido_list_at(eido_get(e->root, "incidentComponent"), 0);
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)e->root, name, value)
    {
        if (!event_name_is_denied(name, strlen(name)) && !is_in(name, whole, COUNT_OF(whole)) &&
            !count_component(e, name, value))
            event_drop(e->dropped, name, strlen(name), false);
    }
    count_list(e, eido_get(first, "dispositionComponent"), disposition, COUNT_OF(disposition));
    count_list(e, eido_get(first, "disposition"), disposition, COUNT_OF(disposition));
    event_drop_denied(e->root, e->dropped);
}
