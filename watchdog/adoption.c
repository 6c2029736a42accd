#include "watchdog/adoption.h"

enum adoption adoption_decide(bool locked, bool answers, bool started)
{
    if (!locked)
        return ADOPTION_NONE;
    if (!answers)
        return ADOPTION_KILL;
    return started ? ADOPTION_ADOPT : ADOPTION_END;
}
